package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** What requests are usually like. */
final class HabitTest {
  private final Habit habit = new Habit();

  @Test
  void answersAndTurns() {
    for (int i = 1; i <= 1_000; i++) {
      habit.answered(i % 2 == 0 ? 100 : 300);
      habit.turn(i % 10 != 0);
      habit.fold(i * 1_000_000_000L);
    }
    assertThat(habit.tokens()).isCloseTo(200, within(10.0));
    assertThat(habit.returns()).isCloseTo(0.9, within(0.03));
  }

  @Test
  void anAnswerWithoutTokensTellsNothing() {
    double before = habit.tokens();
    habit.answered(0);
    habit.fold(1_000_000_000L);
    assertThat(habit.tokens()).isEqualTo(before);
  }
}
