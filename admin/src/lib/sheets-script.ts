/**
 * For Apps Script: appends each event as a row, once; a request may have several. The lock keeps two requests from
 * writing the same row, and the key in the address keeps others out. BPOC fetches the result that it returns.
 */
export const SHEETS_SCRIPT = `const KEY = 'choose-a-long-word'; // The address ends with ?key=choose-a-long-word

function doPost(request) {
  try {
    return answer(write(request));
  } catch (error) {
    return answer(String(error));
  }
}

// Returns what went wrong, or nothing.
function write(request) {
  if (request.parameter.key !== KEY) return 'wrong_key';
  const file = SpreadsheetApp.getActiveSpreadsheet();
  if (!file) return 'no_sheet';
  const message = JSON.parse(request.postData.contents);
  const events = message.rows || [message];
  const lock = LockService.getScriptLock();
  lock.waitLock(20000);
  try {
    const sheet = file.getSheets()[0];
    const [width, height] = [sheet.getLastColumn(), sheet.getLastRow()];
    const columns = width > 0 ? sheet.getRange(1, 1, 1, width).getValues()[0] : [];
    const names = [...new Set(columns.concat(...events.map((event) => Object.keys(event))))];
    const ids = new Set(height > 1 ? sheet.getRange(2, 1, height - 1, 1).getValues().flat() : []);
    const fresh = events.filter((event) => !ids.has(event['webhook-id']));
    const first = Math.max(height, 1) + 1;
    grow(sheet, first - 1 + fresh.length, names.length);
    if (names.length > columns.length) sheet.getRange(1, 1, 1, names.length).setValues([names]);
    const rows = fresh.map((event) => names.map((name) => event[name] ?? ''));
    if (rows.length > 0) sheet.getRange(first, 1, rows.length, names.length).setValues(rows);
  } finally {
    lock.releaseLock();
  }
}

function grow(sheet, rows, columns) {
  const [height, width] = [sheet.getMaxRows(), sheet.getMaxColumns()];
  if (rows > height) sheet.insertRowsAfter(height, rows - height);
  if (columns > width) sheet.insertColumnsAfter(width, columns - width);
}

function answer(error) {
  const said = JSON.stringify(error ? { ok: false, error } : { ok: true });
  return ContentService.createTextOutput(said).setMimeType(ContentService.MimeType.JSON);
}
`;
