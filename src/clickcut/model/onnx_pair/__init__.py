"""SAM-style networks as two ONNX files, an encoder and a decoder, run by ONNX Runtime."""
