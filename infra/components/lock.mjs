/**
 * Lets one process at a time install a component; the others wait for it and then look again.
 *
 * The lock is a symbolic link that points to its owner's process id: made in one step, and readable in one step. A lock
 * whose owner is gone is removed. Two processes that remove it at the same moment may both go on: what they guard must
 * bear that (installs end in a rename), the lock only spares the second download.
 */
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ownerOf(link) {
  try {
    return Number.parseInt(readlinkSync(link), 10);
  } catch {
    return undefined;
  }
}

function tryLock(link) {
  try {
    symlinkSync(String(process.pid), link);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function acquire(link, onWait) {
  let told = false;
  while (!tryLock(link)) {
    const owner = ownerOf(link);
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(link, { force: true });
      continue;
    }
    if (!told && owner !== undefined) {
      told = true;
      onWait(owner);
    }
    await sleep(pollMs);
  }
}

/** Runs `work` while no other process runs any under the same link. */
export async function withLock(link, work, onWait = () => {}) {
  mkdirSync(dirname(link), { recursive: true });
  await acquire(link, onWait);
  const release = () => rmSync(link, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
