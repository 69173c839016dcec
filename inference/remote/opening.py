"""Opens the way to an inference server that its address asks for."""

from inference.engine import EngineError
from inference.remote.address import ServerAddress
from inference.remote.transport import Transport


def open_transport(address: ServerAddress) -> Transport:
    """The way to an address; nothing is sent yet.

    Raises:
        EngineError: gRPC is not installed.
    """
    if address.scheme.startswith("grpc"):
        try:
            from inference.remote.grpc_transport import GrpcTransport
        except ModuleNotFoundError as error:
            raise EngineError(
                "A grpc:// address needs grpcio: pip install '.[engine]' in the checkout, or write http://"
            ) from error
        return GrpcTransport(address)
    from inference.remote.http_transport import HttpTransport

    return HttpTransport(address)
