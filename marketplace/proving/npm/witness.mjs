// node witness.mjs PROGRAM INPUTS WITNESS: run a compiled circuit on inputs, write the witness; says what it does on stderr.
import fs from "node:fs";
import { Noir } from "@noir-lang/noir_js";

const [, , program, inputs, witness] = process.argv;
const read = (path) => JSON.parse(fs.readFileSync(path, "utf8"));
try {
  const done = await new Noir(read(program)).execute(read(inputs));
  fs.writeFileSync(witness, done.witness, { mode: 0o600 });
} catch (error) {
  process.stderr.write(`${error.message ?? error}\n`);
  process.exitCode = 1;
}
