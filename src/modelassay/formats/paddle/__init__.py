"""PaddlePaddle: programs as protobuf or JSON, and their parameters."""
