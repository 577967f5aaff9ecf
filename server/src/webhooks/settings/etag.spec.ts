import { describe, expect, it } from '@jest/globals';
import { requireMatch } from './etag.js';

describe('If-Match', () => {
  it.each([[undefined], ['*'], ['"3"'], ['W/"3"'], ['"2", "3"'], ['"a,b","3"'], ['"3-Zm9v"'], [', "2" ,W/"3",']])(
    '%j lets a change of version 3 through',
    (ifMatch) => {
      expect(() => requireMatch(ifMatch, 3)).not.toThrow();
    },
  );

  it.each([['"2"'], ['3'], ['""'], [''], ['"33"'], ['"1","2"'], ['"2,3"'], ['"03"']])(
    '%j refuses a change of version 3',
    (ifMatch) => {
      expect(() => requireMatch(ifMatch, 3)).toThrow('This was changed');
    },
  );
});
