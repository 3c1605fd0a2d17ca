"""ICE-lite, DTLS, SRTP and ICE-TCP on one media port."""
