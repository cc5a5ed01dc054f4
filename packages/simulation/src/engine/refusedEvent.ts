/** An event of the file that the source refuses, with AWS's code and words. The run ends with this as its error. */
export class RefusedEvent extends Error {
  readonly code: string;

  constructor(event: string, code: string, message: string) {
    super(`The event ${event} was refused: ${message}`);
    this.name = 'RefusedEvent';
    this.code = code;
  }
}
