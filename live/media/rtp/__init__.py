"""RTP and RTCP: packets, header extensions, codecs and payload descriptors."""
