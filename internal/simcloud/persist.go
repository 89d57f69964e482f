package simcloud

func (c *Cloud) save(string) error { return nil }
