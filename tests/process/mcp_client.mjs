// The protocol's own client: mcp_client.mjs SDK USHER CONFIG URL TOOL ARGUMENTS [OPTION...] prints what it saw as JSON.
const [sdk, usher, config, url, tool, args, ...options] = process.argv.slice(2);
const {Client} = await import(sdk + "/dist/esm/client/index.js");
const {StdioClientTransport} = await import(sdk + "/dist/esm/client/stdio.js");
const client = new Client({name: "check", version: "1"});
await client.connect(new StdioClientTransport({command: usher, args: ["mcp", "--config", config, "--url", url, ...options]}));
const {tools} = await client.listTools();
let result, error;
try {
    result = await client.callTool({name: tool, arguments: JSON.parse(args)});
} catch (e) {
    error = {code: e.code, message: e.message};
}
console.log(JSON.stringify({server: client.getServerVersion(), tools, result, error}));
await client.close();
