/** What the API tells programs to request, as people find it in the console; the first that fits counts. */
const PLACES: [RegExp, string][] = [
  [/POST \/drives\/(\S+)\/publish/, "publish drive $1, under Selection & publish"],
  [/POST \/drives\/(\S+)\/copy/, "copy drive $1 to a new draft, under More"],
  [/POST \/drives\/(\S+)\/attendance\/finalise/, "finalise the round of drive $1, under Attendance"],
  [/POST \/drives\/(\S+)\/attendance\/correct/, "correct it for drive $1, under Attendance"],
  [/POST \/drives\/(\S+)\/eligibility/, "compute who is eligible for drive $1, under Eligibility"],
  [/POST \/drives\/(\S+)\/exports/, "export it anew, under Exports of drive $1"],
  [/POST \/drives\/(\S+)\/(pause|resume|extend|start|cancel)/, "$2 drive $1, on its page"],
  [/PATCH \/drives\/(\S+)/, "edit drive $1"],
  [/GET \/drives\/(\S+)\/registrations/, "see the registrations of drive $1"],
  [/GET \/drives\/(\S+)\/rounds/, "see the rounds of drive $1, under Attendance"],
  [/GET \/drives\/(\S+)\/why\S*/, "see the rules one by one, under Eligibility of drive $1"],
  [/GET \/drives\/([^\s/?]+)/, "see the page of drive $1"],
  [/POST \/jobs\/(\d+)\/retry/, "retry job $1, on its page"],
  [/GET \/jobs\/(\d+)/, "see job $1"],
  [/POST \/queues\/(\S+)\/resume/, "resume $1, under Queues"],
  [/POST \/queues\/(\S+)\/drain/, "drain $1, under Queues"],
  [/POST \/users\/(\S+)\/enable/, "enable $1, under Users"],
  [/POST \/users\S*/, "see to it under Users"],
  [/POST \/tokens\S*/, "create one under Tokens"],
  [/GET \/offers\/(\d+)/, "see offer $1"],
  [
    /(GET|POST) \/(drives|students|offers|exports|jobs|queues|schedules|views|users|tokens|audit)\S*/,
    "see $2",
  ],
];

/** The way out of an error in the console's words. */
export function wayOut(fix: string): string {
  // Who looks at a page has no use for the description of its API.
  const plain = fix.replace(/(; )?GET \/openapi\.json( describes every input)?/, "");
  return plain.replace(/\b(GET|POST|PATCH|DELETE) \/[^\s;,`]+/g, (request) => {
    const found = PLACES.find(([form]) => form.test(request));
    return found ? request.replace(...found) : request;
  });
}
