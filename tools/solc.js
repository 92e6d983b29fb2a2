// The npm compiler as tools/solc-v0.8.30 calls it: --standard-json, from stdin to stdout.
// The settings of tools/solc.json win over the caller's, so that brownie, forge and the package get the same code.
// Only forge's tests, which deploy what the package ships, are compiled as their caller says: many times faster.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const modules = path.join(root, "node_modules");
const overrides = JSON.parse(fs.readFileSync(path.join(__dirname, "solc.json"), "utf8"));

/** Write everything before leaving: process.stdout.write followed by exit cuts a pipe at 64 KiB. */
function print(text) {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** The JavaScript build prints the ids of built-ins (-1 to -99) as unsigned 32-bit numbers. */
function signedIds(text) {
  return text.replace(/("referencedDeclaration":|[[,])(42949[0-9]{5})(?=[,\]}])/g, (all, before, id) =>
    Number(id) > 4294967000 ? before + (Number(id) - 4294967296) : all,
  );
}

function find(name) {
  for (const base of ["", root, modules]) {
    const file = base ? path.join(base, name) : name;
    if (fs.existsSync(file) && fs.statSync(file).isFile()) return { contents: fs.readFileSync(file, "utf8") };
  }
  return { error: `not found: ${name}` };
}

const solc = require(path.join(modules, "solc"));
if (!solc.version().startsWith(process.env.SOLC_VERSION)) {
  process.stderr.write(`node_modules/solc is ${solc.version()}, wanted ${process.env.SOLC_VERSION}\n`);
  process.exitCode = 1;
} else if (process.argv.includes("--standard-json")) {
  const input = JSON.parse(fs.readFileSync(0, "utf8"));
  const names = Object.keys(input.sources ?? {});
  const onlyTests =
    names.some((name) => name.startsWith("tests/forge/")) && !names.some((name) => /^contracts\/\w+\.sol$/.test(name));
  if (input.language === "Solidity" && !onlyTests) Object.assign((input.settings ??= {}), overrides);
  print(signedIds(solc.compile(JSON.stringify(input), { import: find })));
} else {
  process.stderr.write("usage: solc-v0.8.30 --version | --standard-json < input.json\n");
  process.exitCode = 2;
}
