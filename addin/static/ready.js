// office.js finishes its start, and lets the handler run, only once it was asked whether it has.
Office.onReady();
