"""The instrument's code on the processors of small boards, emulated: what it says, what it costs, what it holds."""
