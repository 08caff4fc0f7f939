// Answers each line {"text": …} on standard input with one line: what `read` makes of the text,
// or {"error": …}.
import { createInterface } from "node:readline";

export function serve(read) {
  // What a reader has to say about a document is not an answer.
  console.log = console.info = console.warn = console.error;
  createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
    let answer;
    try {
      answer = read(JSON.parse(line).text);
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
}
