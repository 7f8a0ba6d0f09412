import { Question } from './Question.tsx';

/** Asks before something is done that can't be undone. */
export function InlineQuestion({
  question,
  confirm,
  from,
  onCancel,
  onConfirm,
}: {
  question: string;
  confirm: string;
  /** See {@link Question}. */
  from: string;
  onCancel(): void;
  onConfirm(): void;
}) {
  return (
    <Question
      className="inline-question"
      label={question}
      from={from}
      cancelHasKeyboard
      onCancel={onCancel}
      answers={
        <button type="button" className="destructive" onClick={onConfirm}>
          {confirm}
        </button>
      }
    >
      <p>{question}</p>
    </Question>
  );
}
