/* oxlint-disable import/default -- our plugin gives the file's pieces */
import csharp from '../../../../examples/VerifyWebhook.cs?coloured';
import java from '../../../../examples/VerifyWebhook.java?coloured';
import go from '../../../../examples/verify_go.go?coloured';
import node from '../../../../examples/verify-node.mjs?coloured';
import php from '../../../../examples/verify_php.php?coloured';
import python from '../../../../examples/verify_python.py?coloured';
import ruby from '../../../../examples/verify_ruby.rb?coloured';
import type { Token } from '../../lib/json-text';
import type { Language } from './language';

export interface Snippet {
  label: string;
  file: string;
  code: readonly Token[];
  /** Whether tests run this file against a real server, where the language is installed. */
  tested: boolean;
  /** The function that compares in constant time. */
  compare: string;
}

/** Files of examples/, unchanged. */
export const SNIPPETS: Record<Exclude<Language, 'none'>, Snippet> = {
  node: { label: 'Node', file: 'verify-node.mjs', code: node, tested: true, compare: 'timingSafeEqual' },
  python: { label: 'Python', file: 'verify_python.py', code: python, tested: true, compare: 'compare_digest' },
  php: { label: 'PHP', file: 'verify_php.php', code: php, tested: true, compare: 'hash_equals' },
  ruby: { label: 'Ruby', file: 'verify_ruby.rb', code: ruby, tested: true, compare: 'secure_compare' },
  go: { label: 'Go', file: 'verify_go.go', code: go, tested: true, compare: 'hmac.Equal' },
  java: { label: 'Java', file: 'VerifyWebhook.java', code: java, tested: true, compare: 'MessageDigest.isEqual' },
  csharp: { label: 'C#', file: 'VerifyWebhook.cs', code: csharp, tested: false, compare: 'FixedTimeEquals' },
};
