/** What percents and fractions in programs' output are also of. */
const OTHER_THINGS =
  /(?<![a-z])(?:cpu|gpu|mem|memory|ram|vram|disk|swap|heap|util|utili[sz]ation|usage|used|free|available|idle|load|battery|volume|fan|power|temp|temperature|humidity|capacity|full|quota|accuracy|acc|top-?\d|precision|recall|f1|auc|score|loss|losses|error|errors|err|wer|cer|iou|map|rate|ratio|confidence|conf|prob|probability|similarity|identity|match|matched|coverage|covered|cover|threshold|sparsity|dropout|hits?|cache|cached|change|changed|growth|faster|slower|smaller|larger|saved|reduction|compression|discount|tax|interest|opacity|brightness|zoom|quality|tests?|passed|failed|failures|failing|correct|wrong|success|successful|succeeded|skipped|warnings?|percentile|packet|packets|jitter|health|weight|weights|gain|win|wins|votes?|share|quantile|p\d\d|stmts|missed|miss|cup|cups|page|pages|chapter|section|part|version|inodes?|use|avail|mounted|rss|vsz)(?![a-z])/i;

/** Whether a line names something that has a percent or a fraction and is no progress. */
export function isOfOtherThings(text: string): boolean {
  return OTHER_THINGS.test(text);
}
