/** Runs `work` while no other process of this machine runs any under the same link; takes over from a dead owner. */
export function withLock<T>(link: string, work: () => Promise<T>, onWait?: (ownerPid: number) => void): Promise<T>;
