# The digest decides, the tag is for readers. To renew both, with a release of Python or a fix in Debian, ask for the newest tag and the
# digest of its index, which is for all platforms: docker buildx imagetools inspect python:3.13-slim-bookworm
FROM python:3.13.16-slim-bookworm@sha256:a1165e272e578941b84abc79e4ab38a0305cd12803a5c4247979ac7655f4d641 AS web

# The base again with Debian's npm, not an image of Node's: one digest to renew.
RUN apt-get update \
    && apt-get install -y --no-install-recommends make nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile .
COPY core/export/web/package.json core/export/web/package-lock.json core/export/web/
RUN make web

FROM python:3.13.16-slim-bookworm@sha256:a1165e272e578941b84abc79e4ab38a0305cd12803a5c4247979ac7655f4d641

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    KEY_FILE=/key/lukoshko.key

# Fonts for names of classes that DejaVu Sans lacks: 43 MB for Thai, Hindi and more, 7 MB for Chinese, Japanese and
# Korean (Noto's take 91 MB), 3 MB for emoji, which charts draw in one colour.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-core fonts-droid-fallback fonts-symbola \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
# requirements-cluster.txt for the machines of a cluster: the same, and Ray (204 MB).
ARG REQUIREMENTS=requirements.txt
COPY ${REQUIREMENTS} .
RUN pip install --no-cache-dir --require-hashes -r ${REQUIREMENTS}

COPY bot bot
COPY core core
COPY storage storage
COPY --from=web /app/core/export/web/vendor core/export/web/vendor
# The user below can write nothing here, and each start would compile it all.
RUN python -m compileall -q bot core storage
RUN useradd --system --uid 10001 --no-create-home lukoshko \
    && install -d -m 700 -o lukoshko -g lukoshko /data /key

USER lukoshko
VOLUME /data /key
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-m", "bot.heartbeat"]
CMD ["python", "-m", "bot"]
