"""How media sessions are agreed: WHIP for publishers, WHEP for viewers, and the SDP both speak."""
