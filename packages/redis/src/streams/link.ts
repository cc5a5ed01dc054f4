/** One stream's scripts and keys, and what is known of it. */
import { NoSuchStream } from '@millrace/runtime';
import type { Script } from '../scripts/script.ts';
import { Link } from '../substrate/link.ts';
import type { Substrate } from '../substrate/substrate.ts';
import { type StreamKeys, streamKeys } from './keys.ts';
import { type Known, knownFrom } from './known.ts';

export class StreamLink extends Link<Known> {
  readonly keys: StreamKeys;

  constructor(name: string, substrate: Substrate) {
    super(name, substrate);
    this.keys = streamKeys(substrate.prefix, name);
  }

  async load(): Promise<Known | undefined> {
    return knownFrom(await this.context.runner.read((client) => client.hgetall(this.keys.meta)));
  }

  /** What a script answers after its 'ok'. */
  override async callAs(known: Known, script: Script, own: readonly (string | number)[], once = false) {
    return (await super.callAs(known, script, own, once))?.slice(1);
  }

  protected missing(): Error {
    return new NoSuchStream(this.name);
  }

  protected keysOf(): readonly string[] {
    return [this.keys.meta];
  }
}
