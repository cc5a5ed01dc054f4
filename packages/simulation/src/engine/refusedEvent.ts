/** An event of the file that AWS refuses, with its code and words. The run goes on, with this among its errors. */
export class RefusedEvent extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'RefusedEvent';
    this.code = code;
  }
}
