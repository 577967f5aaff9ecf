/**
 * For Apps Script: appends each event as a row, once. The lock keeps two events at the same time from taking the same
 * row; the key in the address keeps others out.
 */
export const SHEETS_SCRIPT = `const KEY = 'choose-a-long-word'; // The address ends with ?key=choose-a-long-word

function doPost(request) {
  if (request.parameter.key !== KEY) return text('wrong key');
  const event = JSON.parse(request.postData.contents);
  const lock = LockService.getScriptLock();
  lock.waitLock(20000);
  try {
    const sheet = SpreadsheetApp.getActiveSpreadsheet().getSheets()[0];
    const columns = sheet.getLastColumn() > 0 ? sheet.getRange(1, 1, 1, sheet.getLastColumn()).getValues()[0] : [];
    const names = columns.concat(Object.keys(event).filter((name) => !columns.includes(name)));
    if (names.length > columns.length) sheet.getRange(1, 1, 1, names.length).setValues([names]);
    const ids = sheet.getLastRow() > 1 ? sheet.getRange(2, 1, sheet.getLastRow() - 1, 1).getValues().flat() : [];
    if (!ids.includes(event['webhook-id'])) sheet.appendRow(names.map((name) => event[name] ?? ''));
    return text('ok');
  } finally {
    lock.releaseLock();
  }
}

function text(content) {
  return ContentService.createTextOutput(content);
}
`;
