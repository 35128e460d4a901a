// Reads an AsyncAPI document with the reference parser; prints each error and exits 1 when there is one.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((one) => one.severity === 0);
for (const one of errors) console.log(`${one.path.join("/")}: ${one.message}`);
if (!document || errors.length > 0) process.exit(1);
const messages = new Set(document.allMessages().all().map((one) => one.name()));
console.log(`valid: ${document.channels().all().length} channels, ${messages.size} messages`);
