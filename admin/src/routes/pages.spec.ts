import { expect, it } from '@jest/globals';
import { QueryClient } from '@tanstack/react-query';
import { createMemoryHistory } from '@tanstack/react-router';
import pages from '../../public/pages.json';
import { createAppRouter } from '../app/router';

/* The server answers the addresses of public/pages.json with the app, and every other one with 404. */

it('the server’s list of pages names every page of the app', () => {
  const { routesByPath } = createAppRouter(new QueryClient(), createMemoryHistory());
  const known = Object.keys(routesByPath).filter((path) => path !== '/' && !path.endsWith('/$') && path !== '$');
  expect(pages.toSorted()).toEqual(known.map((path) => path.replace(/\/$/, '')).toSorted());
});
