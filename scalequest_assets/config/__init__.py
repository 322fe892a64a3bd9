"""The profile: composes the settings of all components; reading, editing, and naming all that is wrong at once."""
