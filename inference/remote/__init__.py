"""The networks on other machines, behind the Open Inference Protocol v2: MLServer, Triton, KServe."""
