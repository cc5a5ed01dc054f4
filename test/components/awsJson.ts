/** One action of an AWS service that speaks JSON, on an endpoint that compares no signatures: needs no client. */

/** The caller says what of the answer it looks at. */
type Action = <Answer extends object = object>(name: string, input: object) => Promise<Answer>;

/** @param version of the protocol, `1.0` or `1.1`. */
export function awsJson(url: string, service: string, target: string, version: string, accessKey = 'AKIDTEST'): Action {
  const credential = `${accessKey}/20260101/us-east-1/${service}/aws4_request`;
  return async (name, input) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': `application/x-amz-json-${version}`,
        'x-amz-date': '20260101T000000Z',
        'x-amz-target': `${target}.${name}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${name} was answered ${answer.status}: ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
}
