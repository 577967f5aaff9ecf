/** A file of code as a module that gives its coloured pieces; @param file its name, whose ending says the language. */
export function codeModule(text: string, file: string): Promise<string>;
