/** Cameras, microphones and screens. Every failure is a `Problem` with a code. */
import { Problem } from '../api/problem'
import type { Qualities } from './layers'

export type Source = 'camera' | 'screen'
export type Facing = 'user' | 'environment'
export type Orientation = 'portrait' | 'landscape'
export type Quality = 480 | 720 | 1080
export interface Wanted {
  source: Source
  camera: string
  microphone: string
  /** Which side of a phone, unless `camera` names a device. */
  facing: Facing
  quality: Quality
  orientation: Orientation
  /** How many qualities viewers can choose from. */
  qualities: Qualities
}
export interface Devices {
  cameras: MediaDeviceInfo[]
  microphones: MediaDeviceInfo[]
}

/** bit/s; what common encoders need for a talking person at 30 frames/s. */
export const BITRATE: Record<Quality, number> = { 480: 1_200_000, 720: 2_500_000, 1080: 4_500_000 }

/** False on phones: their browsers cannot share the screen. */
export const canShareScreen = typeof navigator !== 'undefined' && !!navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices

export async function devices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  return {
    cameras: all.filter((device) => device.kind === 'videoinput' && device.deviceId),
    microphones: all.filter((device) => device.kind === 'audioinput' && device.deviceId),
  }
}

export async function capture(wanted: Wanted): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new Problem('capture_unavailable', 'needs a secure context')
  try {
    return wanted.source === 'screen' ? await captureScreen(wanted) : await captureCamera(wanted)
  } catch (error) {
    const named = wanted.camera || wanted.microphone
    // A device that was chosen earlier is gone: any other is better than none.
    if (named && error instanceof DOMException && error.name === 'OverconstrainedError') return capture({ ...wanted, camera: '', microphone: '' })
    throw captureProblem(error)
  }
}

async function captureCamera({ camera, microphone, facing, quality, orientation }: Wanted): Promise<MediaStream> {
  const long = Math.round((quality * 16) / 9)
  const [width, height] = orientation === 'portrait' ? [quality, long] : [long, quality]
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: audioConstraints(microphone),
    video: {
      width: { ideal: width },
      height: { ideal: height },
      aspectRatio: { ideal: width / height },
      frameRate: { ideal: 30 },
      ...(camera ? { deviceId: { exact: camera } } : { facingMode: facing }),
    },
  })
  for (const track of stream.getVideoTracks()) track.contentHint = 'motion'
  return stream
}

/** A screen with the microphone's sound, or with its own sound where there is no microphone. */
async function captureScreen({ microphone, quality }: Wanted): Promise<MediaStream> {
  const screen = await navigator.mediaDevices.getDisplayMedia({
    video: { height: { ideal: quality }, frameRate: { ideal: 30 } },
    audio: true,
  })
  for (const track of screen.getVideoTracks()) track.contentHint = 'detail'
  const voice = await navigator.mediaDevices.getUserMedia({ audio: audioConstraints(microphone) }).catch(() => null)
  if (!voice) return screen
  for (const track of screen.getAudioTracks()) track.stop()
  return new MediaStream([...screen.getVideoTracks(), ...voice.getAudioTracks()])
}

const audioConstraints = (microphone: string): MediaTrackConstraints => ({
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  ...(microphone ? { deviceId: { exact: microphone } } : {}),
})

function captureProblem(error: unknown): Problem {
  const name = error instanceof DOMException ? error.name : ''
  const codes: Record<string, string> = {
    NotAllowedError: 'capture_denied',
    SecurityError: 'capture_denied',
    NotFoundError: 'capture_missing',
    OverconstrainedError: 'capture_missing',
    NotReadableError: 'capture_busy',
    AbortError: 'capture_busy',
  }
  return new Problem(codes[name] ?? 'capture_failed', error instanceof Error ? error.message : String(error))
}

/** A level meter: `read` gives the loudness from 0 to 1. */
export function loudness(stream: MediaStream): { read(): number; close(): void } {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  const source = context.createMediaStreamSource(stream)
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    read() {
      if (context.state === 'suspended') void context.resume()
      analyser.getFloatTimeDomainData(samples)
      let sum = 0
      for (const value of samples) sum += value * value
      return Math.min(1, Math.sqrt(sum / samples.length) * 4)
    },
    close() {
      source.disconnect()
      void context.close()
    },
  }
}
