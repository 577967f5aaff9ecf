import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isStatus } from '../../api/problem';
import { DataTable, TableFoot, type Column } from '../../ui/data-table';
import { Button } from '../../ui/kit';
import { ForbiddenNote, LoadError, LoadingRows, StaleBar } from '../../ui/states';

interface PagedTableProps<Row> {
  query: UseInfiniteQueryResult<InfiniteData<{ data: Row[] }>>;
  /** What the rows are, as in "We could not refresh the keys". */
  what: string;
  label: string;
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  empty: ReactNode;
  /** Shown when the server refuses what the app thought was allowed, because the role has just changed. */
  forbidden: string;
}

/** A paged list from the server, with its loading, empty and error states. */
export function PagedTable<Row>({ query, what, label, columns, keyOf, empty, forbidden }: PagedTableProps<Row>) {
  const retry = () => void query.refetch();
  if (isStatus(query.error, 403)) return <ForbiddenNote>{forbidden}</ForbiddenNote>;
  if (!query.data) {
    return query.isError ? (
      <LoadError error={query.error} onRetry={retry} />
    ) : (
      <LoadingRows rows={4} height={62} label={`Loading ${what}`} />
    );
  }
  const rows = query.data.pages.flatMap((page) => page.data);
  return (
    <>
      {query.isError ? <StaleBar error={query.error} what={what} onRetry={retry} /> : null}
      {rows.length === 0 ? (
        empty
      ) : (
        <DataTable label={label} columns={columns} rows={rows} keyOf={keyOf} stale={query.isError} />
      )}
      {query.hasNextPage ? (
        <TableFoot>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </TableFoot>
      ) : null}
    </>
  );
}
