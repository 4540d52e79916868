package dev.sluice.console;

import dev.sluice.catalog.Catalog.Role;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Which role a request needs. Without it, whoever may look may {@code GET}, and all else needs
 * {@link Role#ADMIN}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
  /** The least that does. */
  Role value();
}
