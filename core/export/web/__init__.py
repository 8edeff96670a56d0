"""The parts of a model's page. `vendor/` holds ONNX Runtime for browsers, which `make web` puts there."""
