"""HTTP/1.1 on the wire: limits on what a connection may cost before a handler runs."""

from core.http.protocol.guard import Guard, network_of
from core.http.protocol.http import BoundedHttp, listener_class

__all__ = ["BoundedHttp", "Guard", "listener_class", "network_of"]
