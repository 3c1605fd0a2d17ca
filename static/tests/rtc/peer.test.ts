import { expect, test } from 'vitest'
import { offerDependencies } from '../../src/rtc/peer'

test('who can be told what frames need asks for it, and for nothing else; who cannot is left as it is', () => {
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
