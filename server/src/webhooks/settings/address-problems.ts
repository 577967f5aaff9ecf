import type { FieldError } from '../../lib/app-error.js';
import { checkUrl, type AddressRules, type UrlProblem } from '../../outbound/address-guard.js';

const PRIVATE = 'We cannot reach addresses inside a private network. Use a public one, or the test inbox.';
const BY_NAME = 'Use a full public host name such as hooks.example.com, not a number or a short name.';

/** Texts for recruiters; programs use the code. */
const SENTENCES: Record<UrlProblem, string> = {
  not_a_url: 'This is not a web address. It looks like https://hooks.example.com/bpoc.',
  suspicious_text: 'Remove spaces and unusual characters from the address.',
  too_long: 'This address is too long: at most 2048 characters.',
  userinfo: 'Remove the name and password from the address.',
  fragment: 'Remove the # and what follows it from the address.',
  metadata: PRIVATE,
  private_address: PRIVATE,
  private_name: PRIVATE,
  ip_literal: BY_NAME,
  single_label: BY_NAME,
  not_https: 'Use an address that starts with https:// so the data is safe.',
  port: 'This port is not allowed. Leave it out, or use one of 1024 and above.',
};

export const NO_ADDRESS = { field: 'url', code: 'required', message: 'Enter the web address your developer gave you.' };

/** Problems of a webhook's address as typed. What its host name resolves to is checked at each connection instead. */
export function addressProblems(url: string, rules: AddressRules): FieldError[] {
  if (url === '') return [NO_ADDRESS];
  const check = checkUrl(url, rules);
  return check.ok ? [] : [{ field: 'url', code: check.problem, message: SENTENCES[check.problem] }];
}
