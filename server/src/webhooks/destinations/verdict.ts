/** What an answer of a tool means, unless it is `delivered`; undefined: the same as for any endpoint. */
export interface ToolVerdict {
  reason: 'message_refused' | 'target_gone' | 'not_allowed' | 'wrong_key' | 'script_error' | 'bad_answer';
  after: 'final' | 'switch_off' | 'retry';
}

/** The answer of a tool to a message. */
export interface ToolAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
}
