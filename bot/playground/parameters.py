"""A request's parameters, however they came: query, urlencoded, JSON or multipart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tornado.httputil import HTTPServerRequest

from bot.playground.errors import ApiError, bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request: its name, bytes, and the MIME type that the sender gave."""

    name: str
    content: bytes
    mime: str


class Parameters:
    """Named values. JSON gives them typed, the other forms as strings: the getters take both."""

    def __init__(self, values: dict[str, Any], uploads: dict[str, list[Upload]]) -> None:
        self._values = values
        self._uploads = uploads

    @classmethod
    def of(cls, request: HTTPServerRequest) -> Parameters:
        """Raises ApiError where the body is not what its content type says."""
        arguments = request.query_arguments | request.body_arguments
        try:
            values: dict[str, Any] = {name: given[-1].decode() for name, given in arguments.items()}
            if request.headers.get("Content-Type", "").startswith("application/json"):
                values |= json.loads(request.body or b"{}")
        except (ValueError, TypeError) as error:
            raise bad_request("can't parse the request's body") from error
        uploads = {
            name: [Upload(file.filename, file.body, file.content_type) for file in files]
            for name, files in request.files.items()
        }
        return cls(values, uploads)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """The value as a string; what is no string is given as JSON."""
        value = self._values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """Raises ApiError where it is no number, or absent and without a default."""
        value = self._values.get(name, default)
        if value in (None, ""):
            raise bad_request(f"{name} is not specified")
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise bad_request(f"{name} must be an integer") from error

    def number(self, name: str, default: float) -> float:
        """The value as a float. Raises ApiError where it is no number."""
        try:
            return float(self._values.get(name, default))
        except (TypeError, ValueError) as error:
            raise bad_request(f"{name} must be a number") from error

    def flag(self, name: str, default: bool = False) -> bool:
        """True for "true", "1" and "yes" in any case; False for all else."""
        return str(self._values.get(name, default)).lower() in {"true", "1", "yes"}

    def decoded(self, name: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
        """A JSON object or array, or None where it is absent. Raises ApiError where it is neither."""
        value = self._values.get(name)
        if value in (None, ""):
            return None
        try:
            value = json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            raise _cannot_parse(name) from error
        if not isinstance(value, kind):
            raise _cannot_parse(name)
        return value

    def uploads(self, name: str) -> list[Upload]:
        """The files of a field, in order; [] if there are none."""
        return self._uploads.get(name, [])

    def upload(self, reference: str) -> Upload | None:
        """The file named by a field, or by `attach://FIELD`."""
        files = self.uploads(reference.removeprefix("attach://"))
        return files[0] if files else None


def _cannot_parse(name: str) -> ApiError:
    return bad_request(f"can't parse {name} JSON object")
