import { expect, test } from 'vitest'
import { inStereo, offerDependencies } from '../../src/rtc/peer'

test('only the dependency descriptor is added to the offer, where the browser can', () => {
  const known = [
    { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', direction: 'sendrecv' },
    { uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension', direction: 'stopped' },
    { uri: 'http://www.webrtc.org/experiments/rtp-hdrext/corruption-detection', direction: 'stopped' },
  ]
  let asked: typeof known = []
  offerDependencies({
    getHeaderExtensionsToNegotiate: () => known,
    setHeaderExtensionsToNegotiate: (all: typeof known) => (asked = all),
  } as unknown as RTCRtpTransceiver)
  expect(asked.map((one) => one.direction)).toEqual(['sendrecv', 'sendrecv', 'stopped'])
  expect(() => offerDependencies({} as RTCRtpTransceiver)).not.toThrow()
})

const sdp = (...lines: string[]) => lines.map((line) => `${line}\r\n`).join('')

test('a player asks for stereo', () => {
  const head = ['m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9', 'a=rtpmap:111 opus/48000/2']
  expect(inStereo(sdp(...head, 'a=fmtp:111 minptime=10;useinbandfec=1', 'a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111'))).toBe(
    sdp(...head, 'a=fmtp:111 minptime=10;useinbandfec=1;stereo=1', 'a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111'),
  )
  expect(inStereo(sdp(...head, 'a=rtcp-mux'))).toBe(sdp(...head, 'a=fmtp:111 stereo=1', 'a=rtcp-mux'))
})
test.each(['a=fmtp:111 stereo=0;useinbandfec=1', 'a=fmtp:111 maxplaybackrate=48000;stereo=1'])('%s stays as it is', (line) => {
  const offered = sdp('a=rtpmap:111 opus/48000/2', line)
  expect(inStereo(offered)).toBe(offered)
})
