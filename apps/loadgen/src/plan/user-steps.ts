interface Step {
  readonly atMs: number
  readonly users: number
}

/**
 * The number of users over time: whole users along a straight line. A user comes (or goes) when the line passes half
 * of a user, so that users times time on a ramp equals the area under the line. Ends with 0 users at the plan's end.
 */
export class UserSteps {
  readonly #steps: readonly Step[]

  /** Durations are milliseconds. In each stage the number of users changes linearly to the stage's. */
  constructor(startUsers: number, stages: readonly { readonly duration: number; readonly users: number }[]) {
    const steps: Step[] = [{ atMs: 0, users: startUsers }]
    let from = startUsers
    let fromMs = 0
    for (const { users, duration } of stages) {
      const change = Math.sign(users - from)
      for (let passed = 1; passed <= Math.abs(users - from); passed++)
        steps.push({
          atMs: fromMs + (duration * (passed - 0.5)) / Math.abs(users - from),
          users: from + change * passed,
        })
      from = users
      fromMs += duration
    }
    this.#steps = [...steps, { atMs: fromMs, users: 0 }]
  }

  usersAt(ms: number): number {
    let low = 0
    let high = this.#steps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#steps[middle]?.atMs ?? 0) <= ms) low = middle + 1
      else high = middle
    }
    return this.#steps[low - 1]?.users ?? 0
  }

  /** Moments at which the number changes; 0 first, the plan's end last. */
  changes(): Iterable<number> {
    return this.#steps.map(({ atMs }) => atMs)
  }

  get durationMs(): number {
    return this.#steps.at(-1)?.atMs ?? 0
  }
}
