/**
 * A queue written the slow way: one list, looked through from end to end for every question. It shares no code with the
 * model and is what the model is compared with.
 */
export interface NaiveMessage {
  readonly id: string;
  readonly groupId: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
  hiddenBy: 'nothing' | 'delay' | 'receive';
}

export interface NaiveOptions {
  readonly fifo: boolean;
  readonly retentionMs: number;
  readonly maxReceiveCount: number;
  readonly inFlightLimit: number;
}

export class NaiveQueue {
  messages: NaiveMessage[] = [];
  expired: string[] = [];
  deadLettered: string[] = [];
  readonly options: NaiveOptions;

  constructor(options: NaiveOptions) {
    this.options = options;
  }

  send(id: string, groupId: string, delayMs: number, nowMs: number): void {
    const hiddenBy = delayMs > 0 ? 'delay' : 'nothing';
    this.messages.push({ id, groupId, sentAtMs: nowMs, visibleAtMs: nowMs + delayMs, receives: 0, hiddenBy });
  }

  receive(max: number, visibilityMs: number, nowMs: number): string[] {
    this.settle(nowMs);
    const room = Math.min(max, this.options.inFlightLimit - this.count(nowMs).inFlight);
    const taken: string[] = [];
    while (taken.length < room) {
      const message = this.candidates(nowMs)[0];
      if (!message) break;
      const run = this.options.fifo
        ? this.candidates(nowMs).filter((other) => other.groupId === message.groupId)
        : [message];
      for (const each of run) {
        if (taken.length < room) this.take(each, visibilityMs, nowMs, taken);
      }
    }
    return taken;
  }

  delete(id: string, receive: number, nowMs: number): boolean {
    this.settle(nowMs);
    const message = this.messages.find((each) => each.id === id);
    if (!message || message.receives !== receive) return false;
    if (this.options.fifo && message.visibleAtMs <= nowMs) return false;
    this.messages = this.messages.filter((each) => each !== message);
    return true;
  }

  changeVisibility(id: string, receive: number, visibilityMs: number, nowMs: number): boolean {
    this.settle(nowMs);
    const message = this.messages.find((each) => each.id === id);
    if (message?.receives !== receive || message.visibleAtMs <= nowMs) return false;
    message.visibleAtMs = nowMs + visibilityMs;
    return true;
  }

  count(nowMs: number): { visible: number; inFlight: number; delayed: number } {
    this.settle(nowMs);
    const hidden = this.messages.filter((message) => message.visibleAtMs > nowMs);
    const inFlight = hidden.filter((message) => message.hiddenBy === 'receive').length;
    return { visible: this.messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  settle(nowMs: number): void {
    const isExpired = (message: NaiveMessage) => message.sentAtMs + this.options.retentionMs <= nowMs;
    this.expired.push(...this.messages.filter(isExpired).map((message) => message.id));
    this.messages = this.messages.filter((message) => !isExpired(message));
  }

  private take(message: NaiveMessage, visibilityMs: number, nowMs: number, taken: string[]): void {
    if (message.receives >= this.options.maxReceiveCount) {
      this.deadLettered.push(message.id);
      this.messages = this.messages.filter((each) => each !== message);
      return;
    }
    message.receives++;
    message.hiddenBy = 'receive';
    message.visibleAtMs = nowMs + visibilityMs;
    taken.push(message.id);
  }

  /** What could be received now, in the order in which it would be. */
  private candidates(nowMs: number): NaiveMessage[] {
    const visible = this.messages.filter((message) => message.visibleAtMs <= nowMs);
    if (!this.options.fifo) return visible.sort((one, other) => one.visibleAtMs - other.visibleAtMs);
    return visible.filter((message) => {
      const before = this.messages.slice(0, this.messages.indexOf(message));
      return before.every((earlier) => earlier.groupId !== message.groupId || earlier.visibleAtMs <= nowMs);
    });
  }
}
