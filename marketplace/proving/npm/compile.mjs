// node compile.mjs FOLDER OUT: compile the Noir package in FOLDER; without debugging aids, which are a third of the size.
import fs from "node:fs";
import path from "node:path";
import { compile, createFileManager } from "@noir-lang/noir_wasm";

const [, , folder, out] = process.argv;
try {
  const { program } = await compile(createFileManager(path.resolve(folder)));
  const { noir_version, hash, abi, bytecode } = program;
  fs.writeFileSync(out, JSON.stringify({ noir_version, hash, abi, bytecode, debug_symbols: "", file_map: {} }));
} catch (error) {
  process.stderr.write(`${error.message ?? error}\n${JSON.stringify(error.diagnostics ?? "", null, 1)}\n`);
  process.exitCode = 1;
}
