# %% the table of a new layer starts near zero
assert 0 < np.abs(new_weights).max() <= 0.05

# %% at 100,000 symbols the product takes over ten times as long as the look-up
assert one_hot_seconds[4] > 10 * look_up_seconds[4]

# %% the product takes over ten times as long for 100,000 symbols as for 10
assert one_hot_seconds[4] > 10 * one_hot_seconds[0]

# %% Adam moves a row that the batch did not use
assert (row_3_after < row_3_before - 0.01).all()

# %% two coordinates per film are better than every baseline
assert 0.91 < errors["two coordinates per film"] < 0.94
assert errors["two coordinates per film"] == min(errors.values())

# %% after training one direction is the mean rating
assert correlation > 0.95

# %% the map knows the year, drama and action, but neither mystery nor musical
found = dict(zip(properties, after, strict=True))
assert 0.4 < found["year"] < 0.6
assert 0.2 < found["Drama"] < 0.5 and 0.2 < found["Action"] < 0.5
assert found["Mystery"] < 0.25 and found["Musical"] < 0.25

# %% crowd-pleasers stand at the top, odd and dark films at the bottom
height = dict(zip(known_films["title"], map_after[:, 1], strict=True))
assert min(height["Twister"], height["Independence Day (ID4)"]) > 0.3
assert max(height["Brazil"], height["Clockwork Orange, A"]) < -0.3

# %% a second run finds the second coordinate again
assert agreement > 0.85

# %% each doubling of the dimensions lowers the error for new pairs tags=["solution"]
assert errors == sorted(errors, reverse=True)
assert errors[-1] < 0.25 < errors[0] < new_in_common.std()
