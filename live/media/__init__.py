"""A media library: WebRTC transport, RTP, congestion control and a relay that forwards without decoding.

It knows nothing about rooms, people or money.
"""
