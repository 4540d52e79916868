/** What people see at the admin address. */
@NullMarked
package dev.sluice.console;

import org.jspecify.annotations.NullMarked;
