/** Whether this tab is live, for every page. Apart from the studio itself, whose code few pages need. */
export interface OnAir {
  /** Unix ms; 0 until media flows. */
  since(): number
  end(): Promise<void>
}

class Air {
  /** Null while camera and microphone of this tab are not on air. */
  live = $state.raw<OnAir | null>(null)
}

export const air = new Air()
