// The module's one export: an anywidget (AFM) view that shows the explorer its model names. `VIEWS`, the table
// of those that a page has, is written above by assets.py.

async function render(context) {
  const view = VIEWS[context.model.get("explorer")];
  if (!view) throw new Error(`no explorer named ${context.model.get("explorer")}`);
  const leave = new AbortController();
  await view({ ...context, signal: leave.signal });
  return () => leave.abort();
}
