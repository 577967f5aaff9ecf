import { createContext, useState } from 'react';

/** Who reads the Guide: the language of their code, or none. Kept in this browser, so that each page opens with it. */
export const LANGUAGES = ['node', 'python', 'php', 'ruby', 'go', 'java', 'csharp', 'none'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Whether a page shows all languages at once: as text for programs it has no tabs. */
export const AllLanguages = createContext(false);

const REMEMBERED = 'bpoc-guide-language';

export function useLanguage(): [Language, (next: string) => void] {
  const [language, setLanguage] = useState<Language>(() => known(localStorage.getItem(REMEMBERED)));
  function choose(next: string): void {
    setLanguage(known(next));
    localStorage.setItem(REMEMBERED, next);
  }
  return [language, choose];
}

function known(name: string | null): Language {
  return LANGUAGES.find((language) => language === name) ?? 'node';
}
