import { createContext } from 'react';
import { useRemembered } from '../../lib/remembered';

/** The languages of the Guide, or none. The choice is stored in the browser, so that each page opens with it. */
export const LANGUAGES = ['node', 'python', 'php', 'ruby', 'go', 'java', 'csharp', 'none'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Whether a page shows all languages at once, as in Markdown, which has no tabs. */
export const AllLanguages = createContext(false);

export const useLanguage = () => useRemembered('bpoc-guide-language', LANGUAGES);
